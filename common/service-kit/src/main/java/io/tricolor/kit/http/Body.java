package io.tricolor.kit.http;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A body that is read piece by piece, each with a time limit. One piece is asked for at a time, so the buffer stays
 * small.
 */
final class Body implements BodySubscriber<Body>, AutoCloseable {

    private final BlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();
    private final CompletableFuture<Flow.Subscription> source = new CompletableFuture<>();

    /** What the network brought. */
    private sealed interface Piece {

        /** Some bytes. */
        record Bytes(List<ByteBuffer> buffers) implements Piece {}

        /** The end, with the failure if it is not a good one. */
        record End(@Nullable Throwable failure) implements Piece {}
    }

    /** The next bytes, null at the end of the body. Waits so long for them. */
    @Nullable
    List<ByteBuffer> next(long nanos) throws IOException, InterruptedException, Late {
        Piece piece = pieces.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        return switch (piece) {
            case null -> throw new Late();
            case Piece.Bytes(List<ByteBuffer> buffers) -> {
                source.join().request(1);
                yield buffers;
            }
            case Piece.End(Throwable failure) -> {
                pieces.add(piece);
                if (failure != null) {
                    throw new IOException(failure.toString(), failure);
                }
                yield null;
            }
        };
    }

    /** Nothing came in time. */
    static final class Late extends Exception {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public CompletionStage<Body> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        source.complete(subscription);
        subscription.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
        pieces.add(new Piece.Bytes(item));
    }

    @Override
    public void onError(Throwable failure) {
        pieces.add(new Piece.End(failure));
    }

    @Override
    public void onComplete() {
        pieces.add(new Piece.End(null));
    }

    /** Closes the connection unless the body has been read to its end. */
    @Override
    public void close() {
        var _ = source.thenAccept(Flow.Subscription::cancel);
    }
}
