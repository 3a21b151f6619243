package io.tricolor.loggateway.intake;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.requestlog.RequestSteps;
import java.util.Locale;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Takes lines in. */
@RestController
class LogController {

    private static final String SECONDS_TO_WAIT = "1";

    private final Intake intake;

    LogController(Intake intake) {
        this.intake = intake;
    }

    @PostMapping(
            path = "/api/logs",
            consumes = {"application/x-ndjson", "application/ndjson", "application/json"})
    @Operation(summary = "Take lines of request logs")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Intake.Receipt>> take(ServerHttpRequest request, ServerHttpResponse response) {
        return Mono.using(intake::newBody, body -> read(request, body).then(take(body, isGzip(request))), Body::release)
                .map(receipt -> ResponseEntity.status(HttpStatus.ACCEPTED).body(receipt))
                .doOnError(Rejected.class, refused -> {
                    Code code = refused.rejection().code();
                    Intake.refused(code);
                    if (code == Code.TOO_MANY_REQUESTS || code == Code.UPSTREAM_UNAVAILABLE) {
                        response.getHeaders().set(HttpHeaders.RETRY_AFTER, SECONDS_TO_WAIT);
                    }
                });
    }

    private static Mono<Void> read(ServerHttpRequest request, Body body) {
        return RequestSteps.record(
                "read",
                Mono.fromRunnable(() -> body.expect(request.getHeaders().getContentLength()))
                        .thenMany(request.getBody())
                        .doOnNext(buffer -> {
                            try {
                                body.add(buffer);
                            } finally {
                                DataBufferUtils.release(buffer);
                            }
                        })
                        .then());
    }

    private Mono<Intake.Receipt> take(Body body, boolean gzip) {
        return RequestSteps.record(
                "kafka",
                Mono.fromCallable(() -> {
                            if (gzip) {
                                body.inflate();
                            }
                            return intake.take(body.lines());
                        })
                        .subscribeOn(Schedulers.boundedElastic())
                        .flatMap(Mono::fromFuture));
    }

    private static boolean isGzip(ServerHttpRequest request) {
        String encoding = request.getHeaders().getFirst(HttpHeaders.CONTENT_ENCODING);
        if (encoding == null || encoding.equalsIgnoreCase("identity")) {
            return false;
        }
        if (encoding.toLowerCase(Locale.ROOT).strip().equals("gzip")) {
            return true;
        }
        throw new Rejected(Code.UNSUPPORTED_MEDIA_TYPE, "the body may be sent as it is or with Content-Encoding: gzip");
    }
}
