import Coffer
import CofferPipeline
import CofferProviders
import FoundationEssentials
import Synchronization

/// The buckets that a command names, each opened once.
enum ObjectStores {
    private static let opened = Mutex<[String: S3Store]>([:])

    /// A bucket by what `coffer.yaml`, the environment and the files of the AWS command line say of S3.
    static func store(_ bucket: String, _ cancellation: Cancellation) throws -> any ObjectStore {
        if let store = opened.withLock({ $0[bucket] }) { return store }
        let store = try make(bucket, AWSSection(), cancellation)
        opened.withLock { $0[bucket] = store }
        return store
    }

    /// What opens the buckets of a pipeline whose section `s3:` is `section`; relative paths begin in `folder`.
    static func opener(
        _ section: Coffer.Node?, folder: String, _ cancellation: Cancellation
    ) throws -> ObjectStoreOpener {
        let own = try section.map { try AWSSection($0, name: "s3", folder: folder) } ?? AWSSection()
        return { bucket in try make(bucket, own, cancellation) }
    }

    private static func make(_ bucket: String, _ own: AWSSection, _ cancellation: Cancellation) throws -> S3Store {
        let settings = try AWSSettings(
            own.over(try CofferFile.read().s3), environment: ProcessInfo.processInfo.environment, service: "S3",
            read: KeyServices.readSettings)
        return try S3Store(bucket: bucket, settings) { cancellation.isCancelled }
    }
}
