// swift-tools-version: 6.2
import PackageDescription

// The raw entry points of the hot loops have `package` access. SwiftPM names a package after its folder, so this is how
// the benchmarks come to be of the same package as what they measure.
let coffer = Context.packageDirectory.split(separator: "/").dropLast().last.map { String($0).lowercased() } ?? "coffer"

let package = Package(
    name: "benchmarks",
    dependencies: [.package(path: "..")],
    targets: [
        .executableTarget(
            name: "CofferBenchmarks",
            dependencies: [
                .product(name: "Coffer", package: coffer),
                .product(name: "CofferCrypto", package: coffer),
                .product(name: "CofferPipeline", package: coffer),
            ],
            packageAccess: false,
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .strictMemorySafety(),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
                .unsafeFlags([
                    "-package-name", coffer.map { $0.isLetter || $0.isNumber ? $0 : "_" }.map(String.init).joined(),
                ]),
            ]
        )
    ]
)
