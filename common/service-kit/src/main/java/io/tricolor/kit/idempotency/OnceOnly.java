package io.tricolor.kit.idempotency;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.eventstore.EventMetadata;
import io.tricolor.kit.message.ContractsJson;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.axonframework.commandhandling.CommandMessage;
import org.axonframework.messaging.InterceptorChain;
import org.axonframework.messaging.MessageHandlerInterceptor;
import org.axonframework.messaging.unitofwork.UnitOfWork;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Lets a command with a client's key take effect once: the key, the hash of the request and the answer are written in
 * the transaction of the events. A second command with the same key waits for the first one and gets its answer. A
 * command that was refused leaves no trace, so it may be tried again.
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
        if (claim(actor, key, hash)) {
            Object answer = chain.proceed();
            store(actor, key, answer);
            return answer;
        }
        Stored stored = jdbc.sql(
                        "select request_hash, answer_type, answer from idempotency where actor = :actor and key = :key")
                .param("actor", actor)
                .param("key", key)
                .query((row, number) -> new Stored(row.getString(1), row.getString(2), row.getString(3)))
                .single();
        if (!stored.requestHash().equals(hash)) {
            throw new Rejected(
                    Code.IDEMPOTENCY_KEY_REUSED,
                    IdempotencyFilter.HEADER + " " + key + " was already used for another request");
        }
        return stored.read();
    }

    /** Whether the key was free. Waits while another transaction holds it. */
    private boolean claim(String actor, String key, String hash) {
        return jdbc.sql("""
                        insert into idempotency (actor, key, request_hash) values (:actor, :key, :hash)
                        on conflict (actor, key) do update
                            set request_hash = excluded.request_hash, answer_type = null, answer = null, created_at = now()
                            where idempotency.created_at < now() - make_interval(secs => :kept)
                        """)
                        .param("actor", actor)
                        .param("key", key)
                        .param("hash", hash)
                        .param("kept", KEPT.toSeconds())
                        .update()
                == 1;
    }

    private void store(String actor, String key, @Nullable Object answer) {
        jdbc.sql("update idempotency set answer_type = :type, answer = :answer where actor = :actor and key = :key")
                .param("type", answer == null ? null : answer.getClass().getName())
                .param("answer", answer == null ? null : ContractsJson.mapper().writeValueAsString(answer))
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

    /** What the first command left. */
    private record Stored(
            String requestHash,
            @Nullable String answerType,
            @Nullable String answer) {

        @SuppressWarnings("NullAway") // see handle
        Object read() throws ClassNotFoundException {
            if (answerType == null || answer == null) {
                return null;
            }
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            return ContractsJson.mapper().readValue(answer, Class.forName(answerType, true, loader));
        }
    }
}
