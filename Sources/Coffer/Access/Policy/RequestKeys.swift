/// What tools that make up requests need to know of the keys that are worked out here.
public enum RequestKeys {
    /// The time in a text as policies write it; nil where it is none.
    public static func milliseconds(_ text: String) -> Int64? { PolicyDate.parse(text) }

    /// The condition keys, in lower case, that follow from the principal and the resource, so that giving them is of no use.
    public static let derived: Set<String> = [
        "aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice",
        "aws:viaawsservice", "aws:username", "aws:userid", "aws:resourceaccount", "kms:calleraccount",
    ]
}
