import CofferCrypto

extension MessageSource {
    /// All there is, for formats that can't be worked on part by part: at most `limit` bytes.
    func whole(
        _ title: String, limit: Int, hint: String = "--format esdk takes files of any length"
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let block = try [UInt8](byteCapacity: 65536) { (output: inout OutputRawSpan) throws in
                try read(into: &output)
            }
            guard !block.isEmpty else { return bytes }
            bytes += block
            guard bytes.count <= limit else {
                throw MessageError(
                    .tooLong, "\(title) is held in memory, and this is more than \(limit >> 20) MiB",
                    hint: hint)
            }
        }
    }
}
