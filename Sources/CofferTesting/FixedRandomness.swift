public import CofferCrypto
import Synchronization

extension Randomness {
    /// Bytes that are the same in every run of a test, and different from call to call. Nothing about them is secret.
    public static func fixed(seed: UInt64) -> Randomness {
        let generator = SplitMix(seed)
        return Randomness { span in
            for i in span.byteOffsets { span.storeBytes(of: generator.next(), toByteOffset: i, as: UInt8.self) }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), one byte of each word.
private final class SplitMix: Sendable {
    private let state: Mutex<UInt64>

    init(_ seed: UInt64) { state = Mutex(seed) }

    func next() -> UInt8 {
        state.withLock { state in
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
            return UInt8(truncatingIfNeeded: (word ^ word >> 31) >> 24)
        }
    }
}
