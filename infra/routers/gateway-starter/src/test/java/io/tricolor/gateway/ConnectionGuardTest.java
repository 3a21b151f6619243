package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ConnectionGuardTest {

    private final EmbeddedChannel channel = new EmbeddedChannel(new ConnectionGuard());

    private void ask(String target) {
        channel.writeOutbound(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target));
        channel.runPendingTasks();
        channel.runScheduledPendingTasks();
        DefaultFullHttpRequest sent = channel.readOutbound();
        assertThat(sent).isNotNull();
        ReferenceCountUtil.release(sent);
    }

    private void answer(HttpResponseStatus status) {
        channel.writeInbound(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER));
        DefaultFullHttpResponse got = channel.readInbound();
        assertThat(got.status()).isEqualTo(status);
        ReferenceCountUtil.release(got);
    }

    private void changeProtocol(String bytes) {
        channel.writeInbound(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS));
        channel.writeInbound(LastHttpContent.EMPTY_LAST_CONTENT);
        channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
    }

    private String passed() {
        StringBuilder all = new StringBuilder();
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            if (message instanceof ByteBuf bytes) {
                all.append(bytes.toString(StandardCharsets.US_ASCII));
            }
            ReferenceCountUtil.release(message);
        }
        return all.toString();
    }

    @Test
    void keeps_the_bytes_of_a_protocol_until_the_tunnel_takes_its_place() {
        channel.attr(ConnectionGuard.TUNNEL).set(true);
        ask("/socket");
        changeProtocol("early");
        assertThat(passed()).isEmpty();
        channel.pipeline().remove(ConnectionGuard.class);
        assertThat(passed()).isEqualTo("early");
    }

    @Test
    void a_refused_handshake_leaves_no_mark_on_the_connection() {
        channel.attr(ConnectionGuard.TUNNEL).set(true);
        ask("/socket");
        answer(HttpResponseStatus.FORBIDDEN);
        ask("/socket-of-another-route");
        changeProtocol("hello");
        assertThat(passed()).as("nobody is to make a tunnel of it").isEqualTo("hello");
    }
}
