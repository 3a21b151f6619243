package io.tricolor.gateway;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServerResponse;

/**
 * One direction of a connection that has changed its protocol: bytes go on as they come, no faster than the other side
 * takes them, and when one side closes the other one is closed.
 */
final class Tunnel extends ChannelInboundHandlerAdapter {

    private static final String NAME = "tricolor.tunnel";

    private final Channel other;

    private Tunnel(Channel other) {
        this.other = other;
    }

    /**
     * Answers 101 with the headers of the exchange's response and joins the two connections.
     *
     * @return completes when both are closed
     */
    static Mono<Void> between(ServerWebExchange exchange, Channel instance) {
        ServerHttpResponse response = exchange.getResponse();
        HttpServerResponse server = ServerHttpResponseDecorator.getNativeResponse(response);
        return response.setComplete()
                .then(Mono.create(sink -> server.withConnection(connection -> {
                    Channel client = connection.channel();
                    client.eventLoop().execute(() -> open(client, instance, head(response), sink));
                })));
    }

    private static HttpResponse head(ServerHttpResponse response) {
        HttpResponse head = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
        response.getHeaders().forEach((name, values) -> head.headers().add(name, values));
        head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        head.headers().set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
        return head;
    }

    private static void open(Channel client, Channel instance, HttpResponse head, MonoSink<Void> sink) {
        AtomicInteger open = new AtomicInteger(2);
        for (Channel side : List.of(client, instance)) {
            side.closeFuture().addListener(closed -> {
                if (open.decrementAndGet() == 0) {
                    sink.success();
                }
            });
        }
        sink.onDispose(() -> {
            var _ = instance.close();
        });
        ChannelHandlerContext writer = client.pipeline().context(NettyPipeline.HttpTrafficHandler);
        if (writer == null) {
            var _ = client.close();
            var _ = instance.close();
            return;
        }
        writer.writeAndFlush(head).addListener(written -> {
            if (written.isSuccess()) {
                join(client, new Tunnel(instance), NettyPipeline.HttpTrafficHandler, RequestGate.NAME);
                instance.eventLoop().execute(() -> join(instance, new Tunnel(client), NettyPipeline.HttpCodec));
            } else {
                var _ = client.close();
                var _ = instance.close();
            }
        });
    }

    /** Takes HTTP out of a connection; bytes that its codec has read already go the new way. */
    private static void join(Channel channel, ChannelHandler tunnel, String... http) {
        ChannelPipeline pipeline = channel.pipeline();
        if (pipeline.get(NettyPipeline.ReactiveBridge) == null) {
            var _ = channel.close();
            return;
        }
        pipeline.addBefore(NettyPipeline.ReactiveBridge, NAME, tunnel);
        for (String name : http) {
            if (pipeline.get(name) != null) {
                pipeline.remove(name);
            }
        }
        for (String name : List.of(NettyPipeline.HttpCodec, ConnectionGuard.NAME)) {
            if (pipeline.get(name) != null) {
                pipeline.remove(name);
            }
        }
        channel.config().setAutoRead(true);
        channel.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var _ = other.write(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        other.flush();
        if (!other.isWritable()) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            other.config().setAutoRead(true);
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        var _ = other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var _ = ctx.close();
    }
}
