package io.tricolor.nginx;

import io.grpc.Attributes;
import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.tricolor.router.testing.FakeConsul;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An instance that speaks gRPC: says who it is and what it was told; messages are texts. */
final class GrpcInstance implements AutoCloseable {

    static final MethodDescriptor<String, String> GET = method("Get", MethodDescriptor.MethodType.UNARY);
    static final MethodDescriptor<String, String> LIST = method("List", MethodDescriptor.MethodType.SERVER_STREAMING);
    static final MethodDescriptor<String, String> CHAT = method("Chat", MethodDescriptor.MethodType.BIDI_STREAMING);

    final String cluster;
    final String id;
    final AtomicInteger calls = new AtomicInteger();
    final AtomicInteger connections = new AtomicInteger();
    final List<Metadata> headers = new CopyOnWriteArrayList<>();
    final List<String> authorities = new CopyOnWriteArrayList<>();

    private final Server server;

    GrpcInstance(String cluster, String id) {
        this(cluster, id, null);
    }

    GrpcInstance(String cluster, String id, @Nullable Certificates certificates) {
        this.cluster = cluster;
        this.id = id;
        ServerInterceptor remember = new ServerInterceptor() {
            @Override
            public <Q, A> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, A> call, Metadata metadata, ServerCallHandler<Q, A> next) {
                headers.add(metadata);
                authorities.add(String.valueOf(call.getAuthority()));
                calls.incrementAndGet();
                return next.startCall(call, metadata);
            }
        };
        BindableService service = this::service;
        try {
            NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                    .directExecutor()
                    .addService(ServerInterceptors.intercept(service, remember))
                    .addTransportFilter(new ServerTransportFilter() {
                        @Override
                        public Attributes transportReady(Attributes attributes) {
                            connections.incrementAndGet();
                            return attributes;
                        }
                    });
            if (certificates != null) {
                builder.sslContext(GrpcSslContexts.forServer(
                                certificates.file("instance.pem").toFile(),
                                certificates.file("instance.key").toFile())
                        .trustManager(certificates.file("ca.pem").toFile())
                        .clientAuth(ClientAuth.REQUIRE)
                        .build());
            }
            server = builder.build().start();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodDescriptor<String, String> method(String name, MethodDescriptor.MethodType type) {
        MethodDescriptor.Marshaller<String> text = new MethodDescriptor.Marshaller<>() {
            @Override
            public InputStream stream(String value) {
                return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
            }

            @Override
            public String parse(InputStream stream) {
                try {
                    return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        return MethodDescriptor.newBuilder(text, text)
                .setType(type)
                .setFullMethodName("shop.Items/" + name)
                .build();
    }

    private ServerServiceDefinition service() {
        return ServerServiceDefinition.builder("shop.Items")
                .addMethod(GET, ServerCalls.asyncUnaryCall(this::get))
                .addMethod(LIST, ServerCalls.asyncServerStreamingCall(this::list))
                .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(this::chat))
                .build();
    }

    private void get(String question, StreamObserver<String> answer) {
        if (question.equals("missing")) {
            answer.onError(Status.NOT_FOUND.withDescription("no such item").asRuntimeException());
            return;
        }
        answer.onNext(cluster + " " + id + " " + question.length());
        answer.onCompleted();
    }

    private void list(String count, StreamObserver<String> answer) {
        for (int i = 0; i < Integer.parseInt(count); i++) {
            answer.onNext(cluster + " " + i);
        }
        answer.onCompleted();
    }

    private StreamObserver<String> chat(StreamObserver<String> answer) {
        return new StreamObserver<>() {
            @Override
            public void onNext(String word) {
                answer.onNext(cluster + " " + word);
            }

            @Override
            public void onError(Throwable failure) {
                // the client is gone
            }

            @Override
            public void onCompleted() {
                answer.onCompleted();
            }
        };
    }

    FakeConsul.Instance as(String group, String service) {
        return new FakeConsul.Instance(group, service, cluster, id, server.getPort());
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
