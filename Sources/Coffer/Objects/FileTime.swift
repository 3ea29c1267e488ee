/// Times of files and objects, in nanoseconds since 1970.
package enum FileTime {
    /// A time of seconds and nanoseconds. One that 64 bits can't count, before 1678 or after 2262, is the first or the last
    /// second that they can: files have such times by mistake or malice, and are read all the same.
    package static func nanoseconds(seconds: Int, and nanoseconds: Int = 0) -> Int {
        min(max(seconds, -9_223_372_036), 9_223_372_035) * 1_000_000_000 + nanoseconds
    }
}
