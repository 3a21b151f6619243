package io.tricolor.kit.problem;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.util.context.Context;

/**
 * Turns what Reactor throws into what it signals. Reactor takes a {@link StackOverflowError}, and every other error of
 * the virtual machine, for the end of the process: it throws it through all operators, and the request is never
 * answered. Two places catch everything that a handler does on the event loop: the subscription, and the arrival of the
 * body.
 */
final class FatalErrors {

    private FatalErrors() {}

    /** The rest of the chain, in which an error ends the request as any failure does. */
    static Mono<Void> answered(ServerWebExchange exchange, WebFilterChain chain) {
        return Mono.defer(() -> {
            AtomicReference<@Nullable Answer> answer = new AtomicReference<>();
            ServerHttpRequestDecorator request = new ServerHttpRequestDecorator(exchange.getRequest()) {
                @Override
                public Flux<DataBuffer> getBody() {
                    return new GuardedBody(super.getBody(), answer);
                }
            };
            return new GuardedAnswer(
                    Mono.defer(() ->
                            chain.filter(exchange.mutate().request(request).build())),
                    answer);
        });
    }

    /** An error, as a failure that Reactor signals. */
    static final class FatalFailure extends RuntimeException {

        private static final long serialVersionUID = 1L;

        FatalFailure(Error cause) {
            super(cause.toString(), cause);
        }
    }

    private static final class GuardedAnswer extends MonoOperator<Void, Void> {

        private final AtomicReference<@Nullable Answer> answer;

        GuardedAnswer(Mono<Void> source, AtomicReference<@Nullable Answer> answer) {
            super(source);
            this.answer = answer;
        }

        @Override
        public void subscribe(CoreSubscriber<? super Void> actual) {
            Answer guarded = new Answer(actual);
            answer.set(guarded);
            try {
                source.subscribe(guarded);
            } catch (VirtualMachineError | LinkageError e) {
                guarded.fail(e);
            }
        }
    }

    /** Ends once: as the chain does, or by an error that was thrown through it. */
    private static final class Answer implements CoreSubscriber<Void>, Subscription {

        private final CoreSubscriber<? super Void> actual;
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile @Nullable Subscription source;

        Answer(CoreSubscriber<? super Void> actual) {
            this.actual = actual;
        }

        void fail(Error error) {
            if (!ended.compareAndSet(false, true)) {
                return;
            }
            Subscription begun = source;
            if (begun == null) {
                actual.onSubscribe(this);
            } else {
                begun.cancel();
            }
            actual.onError(new FatalFailure(error));
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            source = subscription;
            actual.onSubscribe(subscription);
        }

        @Override
        public void onNext(Void nothing) {
            // a chain has no value
        }

        @Override
        public void onError(Throwable failure) {
            if (ended.compareAndSet(false, true)) {
                actual.onError(failure);
            }
        }

        @Override
        public void onComplete() {
            if (ended.compareAndSet(false, true)) {
                actual.onComplete();
            }
        }

        /** Of a chain that failed before it began: there is nothing to ask for. */
        @Override
        public void request(long count) {
            // nothing will come
        }

        @Override
        public void cancel() {
            // nothing is under way
        }
    }

    private static final class GuardedBody extends FluxOperator<DataBuffer, DataBuffer> {

        private final AtomicReference<@Nullable Answer> answer;

        GuardedBody(Flux<? extends DataBuffer> source, AtomicReference<@Nullable Answer> answer) {
            super(source);
            this.answer = answer;
        }

        @Override
        public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
            source.subscribe(new Body(actual, answer));
        }
    }

    /** Passes a body on; what is thrown by those who read it ends the request, since they may be beyond hearing it. */
    private record Body(CoreSubscriber<? super DataBuffer> actual, AtomicReference<@Nullable Answer> answer)
            implements CoreSubscriber<DataBuffer> {

        private void guarded(Runnable signal) {
            try {
                signal.run();
            } catch (VirtualMachineError | LinkageError e) {
                Answer whole = answer.get();
                if (whole == null) {
                    throw e;
                }
                whole.fail(e);
            }
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            actual.onSubscribe(subscription);
        }

        @Override
        public void onNext(DataBuffer bytes) {
            guarded(() -> actual.onNext(bytes));
        }

        @Override
        public void onError(Throwable failure) {
            guarded(() -> actual.onError(failure));
        }

        @Override
        public void onComplete() {
            guarded(actual::onComplete);
        }
    }
}
