package io.tricolor.gateway;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every request before the server does. What no router may pass on is refused (400): no or two Host lines, a
 * transfer coding besides chunks, TRACE and CONNECT, a target that is none. Of a target that a {@link java.net.URI}
 * cannot hold the escaped form goes on into the application, the target as it came beside it, in a header that no
 * client can set. On the way back it speaks HTTP/1.0 with who speaks that.
 */
final class RequestGate extends ChannelDuplexHandler {

    static final String NAME = "tricolor.requestGate";

    /** The target as it came, where it was escaped. */
    static final String TARGET = "X-Tricolor-Target";

    private static final Set<HttpMethod> REFUSED = Set.of(HttpMethod.CONNECT, HttpMethod.TRACE);

    /** Requests that were not answered yet, the oldest first. */
    private final Queue<Asked> asked = new ArrayDeque<>(2);

    private boolean endsConnection;

    private record Asked(boolean isOld, boolean keepAlive) {}

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest request) {
            boolean old = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
            asked.add(new Asked(old, HttpUtil.isKeepAlive(request)));
            if (request.decoderResult().isSuccess()) {
                String wrong = look(request, old);
                if (wrong != null) {
                    request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException(wrong)));
                }
            }
        }
        ctx.fireChannelRead(message);
    }

    /** What is wrong with a request; null when nothing is. */
    private static @Nullable String look(HttpRequest request, boolean old) {
        HttpHeaders headers = request.headers();
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() > 1 || (hosts.isEmpty() && !old)) {
            return hosts.size() + " Host lines";
        }
        if (!hosts.isEmpty() && !isHost(hosts.getFirst())) {
            return "no host";
        }
        if (!isMethod(request.method().name()) || REFUSED.contains(request.method())) {
            return "a method that is not passed on";
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.size() > 1
                || (codings.size() == 1 && !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.getFirst()))) {
            return "a transfer coding that nobody here knows";
        }
        headers.remove(TARGET);
        if (Targets.isPlain(request.uri())) {
            return null;
        }
        String target = Targets.ofOrigin(request.uri());
        if (target == null || !Targets.isSound(target)) {
            return "a target that is none";
        }
        String escaped = Targets.escaped(target);
        if (!escaped.equals(target)) {
            headers.set(TARGET, target);
        }
        request.setUri(escaped);
        return null;
    }

    /** Not empty, no slash, blank or control character, no two dots in a row. */
    private static boolean isHost(String host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c <= ' ' || c == '/' || c == 0x7f || (c == '.' && host.startsWith("..", i))) {
                return false;
            }
        }
        return !host.isEmpty();
    }

    private static boolean isMethod(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if ((c < 'A' || c > 'Z') && c != '_' && c != '-') {
                return false;
            }
        }
        return !name.isEmpty();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof HttpResponse response
                && !HttpStatusClass.INFORMATIONAL.equals(response.status().codeClass())) {
            Asked request = asked.poll();
            if (request != null && request.isOld()) {
                adapt(response, request.keepAlive());
            }
        }
        if (endsConnection && message instanceof LastHttpContent) {
            promise.unvoid().addListener(ChannelFutureListener.CLOSE);
        }
        var _ = ctx.write(message, promise);
    }

    /** HTTP/1.0 knows no chunks, and keeps a connection only when that is said. */
    private void adapt(HttpResponse response, boolean keepAlive) {
        HttpHeaders headers = response.headers();
        boolean chunked = HttpUtil.isTransferEncodingChunked(response);
        headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
        int status = response.status().code();
        if (chunked && status != 204 && status != 304) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            endsConnection = true;
        } else if (keepAlive && !headers.contains(HttpHeaderNames.CONNECTION)) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }
}
