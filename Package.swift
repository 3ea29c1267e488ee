// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "coffer",
    products: [
        .executable(name: "coffer", targets: ["CofferCLI"]),
        .library(name: "Coffer", targets: ["Coffer"]),
        .library(name: "CofferCrypto", targets: ["CofferCrypto"]),
        .library(name: "CofferPipeline", targets: ["CofferPipeline"]),
    ],
    dependencies: [
        // Pinned: CofferCrypto/Engine uses the BoringSSL inside it, which is no public product (docs/decisions/0002).
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        // Without traits: its defaults would bring all of Foundation.
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    ],
    targets: [
        .target(name: "CArrow"),
        .target(name: "CPKCS11"),
        .target(name: "CProcess"),
        .target(
            name: "CofferCrypto",
            dependencies: [.product(name: "Crypto", package: "swift-crypto")]
        ),
        .target(name: "Coffer", dependencies: ["CofferCrypto"]),
        .target(name: "CofferPipeline", dependencies: ["Coffer", "CofferCrypto", "CArrow"]),
        .target(
            name: "CofferKMS",
            dependencies: ["Coffer", "CofferCrypto", "CPKCS11", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .target(name: "CofferAudit", dependencies: ["Coffer", "CofferCrypto"]),
        .target(
            name: "CofferProviders",
            dependencies: [
                "Coffer", "CofferCrypto", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .target(
            name: "CofferServer",
            dependencies: [
                "Coffer", "CofferCrypto", "CofferKMS", "CofferAudit", "CofferProviders",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "CofferCLI",
            dependencies: [
                "Coffer", "CofferCrypto", "CofferKMS", "CofferPipeline", "CofferAudit", "CofferProviders",
                "CofferServer", "CProcess",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .target(name: "CofferTesting", dependencies: ["Coffer", "CofferCrypto"]),
        // Here, and not a package of its own, since it measures what has `package` access.
        .executableTarget(
            name: "CofferBenchmarks",
            dependencies: ["Coffer", "CofferCrypto", "CofferPipeline", "CofferAudit", "CofferProviders"],
            path: "Benchmarks/Sources/CofferBenchmarks"
        ),
        .testTarget(name: "CofferCryptoTests", dependencies: ["CofferCrypto", "CofferTesting"]),
        .testTarget(name: "CofferTests", dependencies: ["Coffer", "CofferTesting"]),
        .testTarget(name: "CofferKMSTests", dependencies: ["CofferKMS", "CofferTesting"]),
        .testTarget(name: "CofferAuditTests", dependencies: ["CofferAudit", "CofferTesting"]),
        .testTarget(name: "CofferProvidersTests", dependencies: ["CofferProviders", "CofferTesting"]),
        .testTarget(
            name: "CofferServerTests",
            dependencies: ["Coffer", "CofferCrypto", "CofferKMS", "CofferProviders", "CofferServer", "CofferTesting"]
        ),
        .testTarget(name: "CofferPipelineTests", dependencies: ["CofferPipeline", "CofferTesting"]),
    ]
)

// One set of rules for all our own Swift.
for target in package.targets where !["CArrow", "CPKCS11", "CProcess"].contains(target.name) {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
    if Context.environment["COFFER_WARNINGS_AS_ERRORS"] != nil {
        target.swiftSettings?.append(.treatAllWarnings(as: .error))
    }
}
