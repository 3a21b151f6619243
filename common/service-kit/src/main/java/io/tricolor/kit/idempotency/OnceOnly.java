package io.tricolor.kit.idempotency;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.eventstore.Decision;
import io.tricolor.kit.eventstore.EventMetadata;
import io.tricolor.kit.message.ContractsJson;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.axonframework.commandhandling.CommandMessage;
import org.axonframework.messaging.InterceptorChain;
import org.axonframework.messaging.MessageHandlerInterceptor;
import org.axonframework.messaging.unitofwork.UnitOfWork;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Lets a command with a client's key take effect once: the key, the hash of the request and the answer are written in
 * the transaction of the events. A second command with the same key gets the answer of the first one, also when both
 * come at once. A command that was refused leaves no trace, so it may be tried again.
 */
final class OnceOnly implements MessageHandlerInterceptor<CommandMessage<?>> {

    static final Duration KEPT = Duration.ofHours(24);

    private static final Duration PURGE_EVERY = Duration.ofMinutes(10);

    private final JdbcClient jdbc;
    private final AtomicLong purgedAt = new AtomicLong();

    OnceOnly(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    @SuppressWarnings("NullAway") // a command may well have no answer
    public Object handle(UnitOfWork<? extends CommandMessage<?>> unitOfWork, InterceptorChain chain) throws Exception {
        CommandMessage<?> command = unitOfWork.getMessage();
        String key = text(command, EventMetadata.IDEMPOTENCY_KEY);
        String hash = text(command, EventMetadata.REQUEST_HASH);
        String actor = text(command, EventMetadata.ACTOR);
        if (key == null || hash == null || actor == null) {
            return chain.proceed();
        }
        purge();
        Decision decision = Decision.current();
        return decision == null
                ? inTransaction(chain, actor, key, hash)
                : withDecision(decision, chain, actor, key, hash);
    }

    /** The key is claimed first, and so locked until the caller commits. */
    private @Nullable Object inTransaction(InterceptorChain chain, String actor, String key, String hash)
            throws Exception {
        if (claim(actor, key, hash, null)) {
            Object answer = chain.proceed();
            store(actor, key, answer);
            return answer;
        }
        return stored(actor, key).orElseThrow().read(key, hash);
    }

    /** The key is looked up first, and claimed when the decision is stored: of two at once one is told that it lost. */
    private @Nullable Object withDecision(
            Decision decision, InterceptorChain chain, String actor, String key, String hash) throws Exception {
        Optional<Stored> stored = stored(actor, key);
        if (stored.isPresent()) {
            return stored.get().read(key, hash);
        }
        Object answer;
        try {
            answer = chain.proceed();
        } catch (RuntimeException e) {
            // What it was refused for may be what the same request has done since the look.
            Optional<Stored> meanwhile = stored(actor, key);
            if (meanwhile.isPresent()) {
                throw new KeyTaken(key, e);
            }
            throw e;
        }
        Answer given = Answer.of(answer);
        decision.with(() -> {
            if (!claim(actor, key, hash, given)) {
                throw new KeyTaken(key, null);
            }
        });
        return answer;
    }

    /** What the key stands for, unless that is too old. */
    private Optional<Stored> stored(String actor, String key) {
        return jdbc.sql("""
                        select request_hash, answer_type, answer from idempotency
                        where actor = :actor and key = :key and created_at >= now() - make_interval(secs => :kept)
                        """)
                .param("actor", actor)
                .param("key", key)
                .param("kept", KEPT.toSeconds())
                .query((row, number) -> new Stored(row.getString(1), row.getString(2), row.getString(3)))
                .optional();
    }

    /** Whether the key was free. Waits while another transaction holds it. */
    private boolean claim(String actor, String key, String hash, @Nullable Answer answer) {
        return jdbc.sql("""
                        insert into idempotency (actor, key, request_hash, answer_type, answer)
                        values (:actor, :key, :hash, :type, :answer)
                        on conflict (actor, key) do update
                            set request_hash = excluded.request_hash, answer_type = excluded.answer_type,
                                answer = excluded.answer, created_at = now()
                            where idempotency.created_at < now() - make_interval(secs => :kept)
                        """)
                        .param("actor", actor)
                        .param("key", key)
                        .param("hash", hash)
                        .param("type", answer == null ? null : answer.type())
                        .param("answer", answer == null ? null : answer.text())
                        .param("kept", KEPT.toSeconds())
                        .update()
                == 1;
    }

    private void store(String actor, String key, @Nullable Object answered) {
        Answer answer = Answer.of(answered);
        jdbc.sql("update idempotency set answer_type = :type, answer = :answer where actor = :actor and key = :key")
                .param("type", answer == null ? null : answer.type())
                .param("answer", answer == null ? null : answer.text())
                .param("actor", actor)
                .param("key", key)
                .update();
    }

    private void purge() {
        long now = System.currentTimeMillis();
        long last = purgedAt.get();
        if (now - last > PURGE_EVERY.toMillis() && purgedAt.compareAndSet(last, now)) {
            jdbc.sql("delete from idempotency where created_at < now() - make_interval(secs => :kept)")
                    .param("kept", KEPT.toSeconds())
                    .update();
        }
    }

    private static @Nullable String text(CommandMessage<?> command, String key) {
        Object value = command.getMetaData().get(key);
        return value == null ? null : value.toString();
    }

    /** What a handler has answered, by its class. */
    private record Answer(String type, String text) {

        static @Nullable Answer of(@Nullable Object answer) {
            return answer == null
                    ? null
                    : new Answer(
                            answer.getClass().getName(), ContractsJson.mapper().writeValueAsString(answer));
        }
    }

    /** What the first command left. */
    private record Stored(
            String requestHash,
            @Nullable String answerType,
            @Nullable String answer) {

        @Nullable
        Object read(String key, String hash) throws ClassNotFoundException {
            if (!requestHash.equals(hash)) {
                throw new Rejected(
                        Code.IDEMPOTENCY_KEY_REUSED,
                        IdempotencyFilter.HEADER + " " + key + " was already used for another request");
            }
            if (answerType == null || answer == null) {
                return null;
            }
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            return ContractsJson.mapper().readValue(answer, Class.forName(answerType, true, loader));
        }
    }
}
