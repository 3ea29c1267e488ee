public import Coffer

/// The policy of a key that was given none: it lets the account do everything, and so leaves the decision to the policies of
/// whoever asks. The text is the one AWS gives such keys.
public enum DefaultKeyPolicy {
    /// The document for the account of `realm`.
    public static func text(_ realm: Realm) -> String {
        """
        {
          "Version" : "2012-10-17",
          "Id" : "key-default-1",
          "Statement" : [ {
            "Sid" : "Enable IAM User Permissions",
            "Effect" : "Allow",
            "Principal" : {
              "AWS" : "\(realm.root)"
            },
            "Action" : "kms:*",
            "Resource" : "*"
          } ]
        }
        """
    }
}
