import Coffer

#if canImport(Glibc)
    import Glibc
#endif

/// What tells whether a file is still the one it was.
struct FileState: Equatable {
    let size: Int
    let modified: Int
    let inode: UInt64

    init(of path: String) throws(PipelineError) {
        guard let status = FileSystem.status(path) else { throw PipelineError(.source, "\(path) can't be read") }
        size = Int(status.st_size)
        modified = FileTime.nanoseconds(seconds: status.st_mtim.tv_sec, and: status.st_mtim.tv_nsec)
        inode = UInt64(status.st_ino)
    }
}
