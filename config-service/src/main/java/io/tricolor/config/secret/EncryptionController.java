package io.tricolor.config.secret;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Text;
import io.tricolor.kit.requestlog.RequestSteps;
import java.util.Map;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Encryption as Spring Cloud Config Server has it: text in, text out. */
@RestController
class EncryptionController {

    private static final int LONGEST = 64 * 1024;

    private final Secrets secrets;

    EncryptionController(Secrets secrets) {
        this.secrets = secrets;
    }

    /** What a rotation did. */
    record Rotation(int rewrapped) {}

    @GetMapping("/config-server/encrypt/status")
    @Operation(summary = "Whether there are keys")
    Map<String, String> status() {
        secrets.ready();
        return Map.of("status", "OK");
    }

    /** For every application. */
    @PostMapping(
            path = "/config-server/encrypt",
            consumes = MediaType.TEXT_PLAIN_VALUE,
            produces = MediaType.TEXT_PLAIN_VALUE)
    @Operation(summary = "Encrypt a text for every application")
    Mono<String> encrypt(@RequestBody String text) {
        return encryptFor(NamespaceId.SHARED, text);
    }

    /** For one application; its profiles carry no meaning. */
    @PostMapping(
            path = "/config-server/encrypt/{application}/{profiles}",
            consumes = MediaType.TEXT_PLAIN_VALUE,
            produces = MediaType.TEXT_PLAIN_VALUE)
    @Operation(summary = "Encrypt a text for one application")
    Mono<String> encryptFor(@PathVariable String application, @RequestBody String text) {
        String name = new NamespaceId(application, NamespaceId.DEFAULT_PROFILE, "main").application();
        String flaw = Text.flaw(text);
        if (text.length() > LONGEST || flaw != null) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT,
                    flaw == null ? "the text is longer than " + LONGEST + " characters" : "the text " + flaw);
        }
        return RequestSteps.blocking("encrypt", () -> secrets.encrypt(text, name));
    }

    @PostMapping(
            path = "/config-server/decrypt",
            consumes = MediaType.TEXT_PLAIN_VALUE,
            produces = MediaType.TEXT_PLAIN_VALUE)
    @Operation(summary = "Decrypt a text")
    Mono<String> decrypt(@RequestBody String value) {
        return RequestSteps.blocking("decrypt", () -> secrets.decrypt(value.strip()));
    }

    @PostMapping("/api/config-keys/rotation")
    @Operation(summary = "Wrap stored secrets by the primary key anew")
    Mono<Rotation> rotate() {
        return RequestSteps.blocking("rotate", () -> new Rotation(secrets.rotate()));
    }
}
