package io.tricolor.strategy.idlist;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.IdList;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import io.tricolor.strategy.idlist.IdListStore.Pieces;
import io.tricolor.strategy.idlist.IdListStore.StoredList;
import io.tricolor.strategy.idlist.NewList.Sorted;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Lists of ids and of intervals: brought by operators, fetched by routers. Both ways in pieces; no list is ever in
 * memory as a whole.
 */
@RestController
@RequestMapping("/api/id-lists")
class IdListController {

    private static final int MAX_LIMIT = 500;
    private static final int BUFFERS_AHEAD = 8;

    /** Each needs some MB of heap while it lasts. */
    private static final int UPLOADS_AT_ONCE = 4;

    private final IdListStore store;
    private final Semaphore uploads = new Semaphore(UPLOADS_AT_ONCE);

    IdListController(IdListStore store) {
        this.store = store;
    }

    /**
     * A page of lists.
     *
     * @param next to be given as {@code after} for the next page; null on the last one
     */
    record IdListPage(List<StoredList> lists, @Nullable String next) {}

    /** Makes a list of a body. */
    @FunctionalInterface
    private interface Reader<S extends ListSorter> {
        void read(InputStream body, S sorter) throws IOException;
    }

    /** Makes an empty one. */
    @FunctionalInterface
    private interface Sorters<S extends ListSorter> {
        S create() throws IOException;
    }

    @PostMapping(consumes = MediaType.TEXT_PLAIN_VALUE)
    @Operation(summary = "Store a list of ids or intervals, one a line")
    @RequestBody(content = @Content(mediaType = MediaType.TEXT_PLAIN_VALUE, schema = @Schema(type = "string")))
    @ApiResponse(responseCode = "201", description = "Created", useReturnTypeSchema = true)
    @ApiResponse(responseCode = "200", description = "It was there", useReturnTypeSchema = true)
    Mono<ResponseEntity<IdList>> keepText(
            @RequestParam(defaultValue = "ids") String kind, ServerHttpRequest request, Actor actor) {
        return switch (kind(kind)) {
            case IDS -> keep(request, actor, IdSorter::new, IdBody::readText);
            case INTERVALS -> keep(request, actor, IntervalSorter::new, IdBody::readTextOfIntervals);
        };
    }

    @PostMapping(consumes = MediaType.APPLICATION_OCTET_STREAM_VALUE)
    @Operation(summary = "Store a list of ids or intervals, eight or sixteen bytes each")
    @RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_OCTET_STREAM_VALUE,
                            schema = @Schema(type = "string", format = "binary")))
    @ApiResponse(responseCode = "201", description = "Created", useReturnTypeSchema = true)
    @ApiResponse(responseCode = "200", description = "It was there", useReturnTypeSchema = true)
    Mono<ResponseEntity<IdList>> keepBinary(
            @RequestParam(defaultValue = "ids") String kind, ServerHttpRequest request, Actor actor) {
        return switch (kind(kind)) {
            case IDS -> keep(request, actor, IdSorter::new, IdBody::readBinary);
            case INTERVALS -> keep(request, actor, IntervalSorter::new, IdBody::readBinaryOfIntervals);
        };
    }

    private static IdList.Kind kind(String word) {
        try {
            return IdList.Kind.parse(word);
        } catch (IllegalArgumentException e) {
            throw new Rejected(Code.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
    }

    private <S extends ListSorter> Mono<ResponseEntity<IdList>> keep(
            ServerHttpRequest request, Actor actor, Sorters<S> sorters, Reader<S> reader) {
        return RequestSteps.blocking("id list", () -> {
            if (!uploads.tryAcquire()) {
                throw new Rejected(Code.TOO_MANY_REQUESTS, UPLOADS_AT_ONCE + " id lists are being taken in already");
            }
            try (InputStream body = DataBufferUtils.subscriberInputStream(request.getBody(), BUFFERS_AHEAD);
                    S sorter = sorters.create()) {
                reader.read(body, sorter);
                Sorted sorted = sorter.sorted();
                boolean isNew = store.keep(sorted, actor.name());
                return ResponseEntity.status(isNew ? HttpStatus.CREATED : HttpStatus.OK)
                        .location(URI.create("/api/id-lists/" + sorted.name().sha256()))
                        .body(sorted.name());
            } finally {
                uploads.release();
            }
        });
    }

    @GetMapping
    @Operation(summary = "Stored lists")
    Mono<IdListPage> list(
            @RequestParam(required = false) @Nullable String after, @RequestParam(defaultValue = "50") int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new Rejected(Code.INVALID_ARGUMENT, "limit is from 1 to " + MAX_LIMIT + ", not " + limit);
        }
        return RequestSteps.blocking("id lists", () -> {
            List<StoredList> page = store.page(after, limit);
            return new IdListPage(page, page.size() < limit ? null : cursor(page.getLast()));
        });
    }

    private static String cursor(StoredList list) {
        return list.sha256() + "." + list.kind().word();
    }

    /** The content; it never changes, so whoever has it never needs it again. */
    @GetMapping(path = "/{sha256}", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
    @Operation(summary = "The content of a list")
    Mono<ResponseEntity<Flux<DataBuffer>>> content(
            @PathVariable String sha256,
            @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false) @Nullable String known) {
        String etag = "\"" + sha256 + "\"";
        return RequestSteps.blocking("id list", () -> store.pieces(sha256)).map(pieces -> {
            ResponseEntity.BodyBuilder answer = ResponseEntity.status(
                            etag.equals(known) ? HttpStatus.NOT_MODIFIED : HttpStatus.OK)
                    .eTag(etag)
                    .cacheControl(CacheControl.maxAge(Duration.ofDays(365))
                            .cachePrivate()
                            .immutable());
            return etag.equals(known)
                    ? answer.build()
                    : answer.contentLength(pieces.list().bytes()).body(content(pieces));
        });
    }

    private Flux<DataBuffer> content(Pieces pieces) {
        String sha256 = pieces.list().sha256();
        return Flux.range(0, pieces.number())
                .concatMap(
                        number -> RequestSteps.blocking("id list piece", () -> store.piece(sha256, number))
                                .map(DefaultDataBufferFactory.sharedInstance::wrap),
                        0);
    }
}
