package io.tricolor.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResultProvider;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.Connection;
import reactor.netty.channel.AbortedException;

/**
 * Stands between the codec and the user of a pooled connection to an instance, so that one request gets one answer and
 * nobody gets that of another. Informational answers are taken out. The end of an answer is held back until what was
 * read together with it has been looked at: a connection on which more came than was asked for, or whose answer leaves
 * a doubt about where it ends, serves nobody else. A request on a connection that was used before is sent when whatever
 * has come on it until then was read.
 */
final class ConnectionGuard extends ChannelDuplexHandler {

    static final String NAME = "tricolor.connectionGuard";

    /** Attribute of a connection: the target of the request that is written next, as the client wrote it. */
    static final AttributeKey<String> TARGET = AttributeKey.valueOf(ConnectionGuard.class, "target");

    /**
     * Attribute of a connection: whether it becomes a {@link Tunnel} when the instance changes the protocol as the
     * request that is written next asks for.
     */
    static final AttributeKey<Boolean> TUNNEL = AttributeKey.valueOf(ConnectionGuard.class, "tunnel");

    private static final Logger log = LoggerFactory.getLogger(ConnectionGuard.class);

    /** Method of the request that an answer is due to; null while none is. */
    private @Nullable HttpMethod asked;

    private boolean informational;
    private boolean upgraded;
    private boolean tunnel;
    private boolean surplus;
    private boolean passedSome;
    private @Nullable Object end;
    private final Queue<Object> early = new ArrayDeque<>(0);

    private boolean used;
    private @Nullable Queue<Held> held;

    /**
     * What is to be written.
     *
     * @param message null: what was written is to be flushed
     */
    private record Held(@Nullable Object message, @Nullable ChannelPromise promise) {}

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (used && held == null && message instanceof HttpRequest) {
            held = new ArrayDeque<>();
            ctx.read();
            // A task runs at the end of this turn of the loop, what it schedules at the end of the next one: between
            // the two the sockets are read.
            ctx.executor().execute(() -> {
                var _ = ctx.executor().schedule(() -> send(ctx), 0, TimeUnit.NANOSECONDS);
            });
        }
        if (held != null) {
            held.add(new Held(message, promise));
        } else {
            writeNow(ctx, message, promise);
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        if (held != null) {
            held.add(new Held(null, null));
        } else {
            ctx.flush();
        }
    }

    private void writeNow(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof HttpRequest request) {
            asked = request.method();
            used = true;
            tunnel = Boolean.TRUE.equals(ctx.channel().attr(TUNNEL).getAndSet(null));
            String target = ctx.channel().attr(TARGET).getAndSet(null);
            if (target != null) {
                request.setUri(target);
            }
        }
        var _ = ctx.write(message, promise);
    }

    private void send(ChannelHandlerContext ctx) {
        Queue<Held> waiting = held;
        held = null;
        if (waiting == null) {
            return;
        }
        boolean open = !surplus && ctx.channel().isActive();
        for (Held one : waiting) {
            if (one.message() == null || one.promise() == null) {
                ctx.flush();
            } else if (open) {
                writeNow(ctx, one.message(), one.promise());
            } else {
                ReferenceCountUtil.release(one.message());
                one.promise().tryFailure(AbortedException.beforeSend());
            }
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        send(ctx);
        for (Object message = early.poll(); message != null; message = early.poll()) {
            ctx.fireChannelRead(message);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        send(ctx);
        early.forEach(ReferenceCountUtil::release);
        early.clear();
        ctx.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        HttpMethod method = asked;
        if (upgraded) {
            early(ctx, message);
        } else if (method == null || end != null) {
            drop(ctx, message);
        } else if (informational || isInformational(message)) {
            informational = !(message instanceof LastHttpContent);
            ReferenceCountUtil.release(message);
        } else {
            pass(ctx, method, message);
        }
    }

    private void pass(ChannelHandlerContext ctx, HttpMethod method, Object message) {
        if (message instanceof HttpResponse response) {
            upgraded = response.status().code() == HttpResponseStatus.SWITCHING_PROTOCOLS.code();
            if (upgraded || isDoubtful(method, response)) {
                leave(ctx);
            }
        }
        if (message instanceof DecoderResultProvider read
                && read.decoderResult().isFailure()) {
            leave(ctx);
        }
        if (message instanceof LastHttpContent) {
            end = message;
        } else {
            passedSome = true;
            ctx.fireChannelRead(message);
        }
    }

    /** Bytes of the protocol that was changed to stay here until a tunnel takes this place. */
    private void early(ChannelHandlerContext ctx, Object message) {
        if (!tunnel) {
            ctx.fireChannelRead(message);
        } else if (message instanceof ByteBuf) {
            early.add(message);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    /** Whether bytes may follow that such an answer does not have, but that the instance has announced. */
    private static boolean isDoubtful(HttpMethod method, HttpResponse response) {
        int status = response.status().code();
        boolean bodiless = method.equals(HttpMethod.HEAD) || status == 204 || status == 304;
        return bodiless
                && (HttpUtil.isTransferEncodingChunked(response)
                        || !response.headers()
                                .get(HttpHeaderNames.CONTENT_LENGTH, "0")
                                .equals("0"));
    }

    private static boolean isInformational(Object message) {
        return message instanceof HttpResponse response
                && response.decoderResult().isSuccess()
                && HttpStatusClass.INFORMATIONAL.equals(response.status().codeClass())
                && response.status().code() != HttpResponseStatus.SWITCHING_PROTOCOLS.code();
    }

    /** What nobody has asked for. */
    private void drop(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
        if (!surplus) {
            surplus = true;
            log.warn(
                    "instance at {} sent more than the answer to a request; the connection is closed",
                    ctx.channel().remoteAddress());
        }
        if (end == null) {
            var _ = ctx.close();
        }
    }

    private static void leave(ChannelHandlerContext ctx) {
        Connection.from(ctx.channel()).markPersistent(false);
    }

    /** What was read has been looked at: the answer may end, and its connection go to another request. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        Object held = end;
        if (held != null) {
            end = null;
            asked = null;
            passedSome = true;
            if (surplus) {
                leave(ctx);
            }
            ctx.fireChannelRead(held);
            if (surplus) {
                var _ = ctx.close();
            }
        }
        if (!passedSome && asked != null && !ctx.channel().config().isAutoRead()) {
            ctx.read();
        }
        passedSome = false;
        ctx.fireChannelReadComplete();
    }
}
