import Coffer
import Testing

@Suite struct `An error with a code` {
    @Test func `is equal to another by its code alone`() {
        #expect(KeyError(.disabled, "a") == KeyError(.disabled, "b", hint: "c"))
        #expect(KeyError(.disabled, "a") != KeyError(.notFound, "a"))
        #expect("\(ObjectError(.notFound, "there is none"))" == "there is none")
    }

    @Test func `is caught by its code, and no other's of the same name`() {
        func caught(_ error: any Error) -> String {
            do { throw error } catch KeyError.Code.notAuthentic {
                return "key"
            } catch MessageError.Code.notAuthentic {
                return "message"
            } catch AuditError.Code.altered {
                return "record"
            } catch {
                return "other"
            }
        }
        #expect(caught(KeyError(.notAuthentic, "")) == "key")
        #expect(caught(MessageError(.notAuthentic, "")) == "message")
        #expect(caught(AuditError(.altered, "")) == "record")
        #expect(caught(KeyError(.disabled, "")) == "other")
        #expect(caught(CancellationError()) == "other")
    }
}
