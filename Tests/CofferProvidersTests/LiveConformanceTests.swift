import Coffer
import CofferTesting
import Testing

@testable import CofferProviders

@Suite struct `AWS KMS over the wire` {
    @Test(.enabled(if: LiveService.hasCoffer, "coffer is not built"))
    func `is a key management service, where coffer serves it`() async throws {
        let service = try await LiveService.coffer()
        #expect(try await failures(service) == [])
    }

    private func failures(_ service: LiveService) async throws -> [String] {
        let suite = KeyManagementConformance(
            service.client, encrypting: try await service.createKey(), another: try await service.createKey(),
            mac: try await service.createKey("HMAC_256", "GENERATE_VERIFY_MAC"))
        return await suite.failures()
    }
}
