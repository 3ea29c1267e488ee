import AsyncHTTPClient
import Coffer
import CofferCrypto
import NIOCore
import NIOHTTP1

/// A request that has been sent and its answer, which is read as it comes, on threads that may wait: the network's own
/// threads carry it, and stop reading while nobody takes what is there.
final class HTTPExchange: Sendable {
    private struct State {
        var head: HTTPResponseHead?
        var chunks: [ByteBuffer] = []
        var byteCount = 0
        var isEnded = false
        var failure: (any Error)?
        /// Kept while enough is waiting.
        var wantsMore: EventLoopPromise<Void>?
    }

    /// Bytes that may wait to be read before no more are taken from the network.
    private static let depth = 1 << 20
    private let state: Monitor<State>
    private let task: HTTPClient.Task<Void>

    /// Sends a request. All of its answer, and the wait for it, ends at `limit`; nil for an answer of any length.
    init(_ request: HTTPClient.Request, by client: HTTPClient, limit: Duration?) {
        let state = Monitor(State())
        self.state = state
        task = client.execute(
            request: request, delegate: Delegate(state: state),
            deadline: limit.map { .now() + .nanoseconds($0.nanoseconds) })
    }

    deinit { cancel() }

    /// Ends it, whatever is still to come.
    func cancel() {
        let wantsMore = state.change { state in
            state.failure = state.failure ?? CancellationError()
            return state.wantsMore.take()
        }
        wantsMore?.succeed(())
        task.cancel()
    }

    /// Waits for the answer's status and headers.
    func head() throws -> HTTPResponseHead {
        try state.wait { state throws -> HTTPResponseHead? in
            if let head = state.head { return head }
            if let failure = state.failure { throw HTTPTransport.unreachable(failure) }
            return nil
        }
    }

    /// Waits for bytes of the answer and appends them; none at its end.
    func read(into output: inout OutputRawSpan) throws {
        let (next, promise) = try state.wait { state throws -> (ByteBuffer?, EventLoopPromise<Void>?)? in
            if let first = state.chunks.first {
                var part = first
                let taken = part.readSlice(length: min(part.readableBytes, output.freeCapacity))
                if part.readableBytes == 0 { state.chunks.removeFirst() } else { state.chunks[0] = part }
                state.byteCount -= taken?.readableBytes ?? 0
                return (taken, state.byteCount < Self.depth / 2 ? state.wantsMore.take() : nil)
            }
            if state.isEnded { return (nil, nil) }
            if let failure = state.failure { throw HTTPTransport.unreachable(failure) }
            return nil
        }
        promise?.succeed(())
        guard let next else { return }
        unsafe next.withUnsafeReadableBytes { bytes in unsafe output.append(copying: bytes.bytes) }
    }

    /// All of the answer's body, which must not be longer than `limit`.
    func body(limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try [UInt8](byteCapacity: 1 << 16) { (output: inout OutputRawSpan) throws in
                try read(into: &output)
            }
            guard !more.isEmpty else { return bytes }
            bytes += more
            guard bytes.count <= limit else { throw AWSUnreachable("the answer is too long", isPassing: false) }
        }
    }

    private final class Delegate: HTTPClientResponseDelegate {
        private let state: Monitor<State>

        init(state: Monitor<State>) { self.state = state }

        func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
            state.change { $0.head = head }
            return task.eventLoop.makeSucceededVoidFuture()
        }

        func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
            state.change { state in
                guard buffer.readableBytes > 0, state.failure == nil else {
                    return task.eventLoop.makeSucceededVoidFuture()
                }
                state.chunks.append(buffer)
                state.byteCount += buffer.readableBytes
                guard state.byteCount >= HTTPExchange.depth else { return task.eventLoop.makeSucceededVoidFuture() }
                let promise = task.eventLoop.makePromise(of: Void.self)
                state.wantsMore = promise
                return promise.futureResult
            }
        }

        func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
            let wantsMore = state.change { state in
                state.failure = state.failure ?? error
                return state.wantsMore.take()
            }
            wantsMore?.succeed(())
        }

        func didFinishRequest(task: HTTPClient.Task<Void>) throws { state.change { $0.isEnded = true } }
    }
}
