import Coffer

/// Times as S3 writes them, in nanoseconds since 1970, to the second; 0 where they can't be read.
enum S3Time {
    /// `2026-11-21T16:20:00.000Z`.
    static func nanoseconds(iso text: String) -> Int {
        let digits = text.prefix { $0 != "." && $0 != "Z" }.filter { $0 != "-" && $0 != ":" }
        return SigningTime(digits + "Z").map { FileTime.nanoseconds(seconds: Int($0.seconds)) } ?? 0
    }

    /// `Sat, 21 Nov 2026 16:20:00 GMT`.
    static func nanoseconds(http text: String) -> Int {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, let month = months.firstIndex(of: String(parts[2])) else { return 0 }
        return nanoseconds(iso: "\(parts[3])-\(month < 9 ? "0" : "")\(month + 1)-\(parts[1])T\(parts[4])Z")
    }
}
