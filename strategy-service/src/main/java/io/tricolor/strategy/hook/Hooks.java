package io.tricolor.strategy.hook;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.gate.GateObserved;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.NextActions;
import io.tricolor.strategy.group.domain.WebhookCall;
import io.tricolor.strategy.group.query.GateJudgements;
import io.tricolor.strategy.group.query.GroupStreams;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** Which webhooks are to be asked, and what they said. Blocking. */
@Component
public class Hooks {

    private static final int TOKEN_BYTES = 24;

    /** How long one instance of the service has an attempt for itself. */
    private static final Duration LEASE = Duration.ofSeconds(30);

    private final JdbcClient jdbc;
    private final GroupStreams streams;
    private final GateJudgements judgements;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final JsonMapper json = ContractsJson.mapper();

    Hooks(JdbcClient jdbc, GroupStreams streams, GateJudgements judgements, InstantSource clock) {
        this.jdbc = jdbc;
        this.streams = streams;
        this.judgements = judgements;
        this.clock = clock;
    }

    /** How a question stands. */
    enum State {
        /** To be asked, at its time. */
        DUE,
        /** The program said that it will answer later. */
        PROMISED,
        /** PASS or FAIL. */
        JUDGED,
        /** Nobody waits for the answer any more. */
        OVER
    }

    /**
     * A question.
     *
     * @param token that an answer which comes later has to name
     * @param attempts so far, this one included
     */
    record Question(long number, WebhookCall call, String token, int attempts) {

        /** The same for every attempt, another for another try of the stage. */
        String id() {
            return call.groupId() + "/" + call.stage() + "/" + call.gate() + "/" + call.epoch() + "." + call.fence();
        }
    }

    /** Writes the question down, once; those of earlier tries go. */
    @Transactional
    public void ask(WebhookCall call) {
        byte[] token = new byte[TOKEN_BYTES];
        random.nextBytes(token);
        int added = jdbc.sql("""
                        insert into hook_call (group_id, stage, gate, epoch, fence, call, token, due_at)
                        values (:group, :stage, :gate, :epoch, :fence, :call::jsonb, :token, :now)
                        on conflict (group_id, stage, gate, epoch, fence) do nothing
                        """)
                .param("group", call.groupId())
                .param("stage", call.stage())
                .param("gate", call.gate())
                .param("epoch", call.epoch())
                .param("fence", call.fence())
                .param("call", json.writeValueAsString(call))
                .param("token", HexFormat.of().formatHex(token))
                .param("now", Timestamp.from(clock.instant()))
                .update();
        if (added > 0) {
            jdbc.sql("delete from hook_call where group_id = :group and (epoch, fence) < (:epoch, :fence)")
                    .param("group", call.groupId())
                    .param("epoch", call.epoch())
                    .param("fence", call.fence())
                    .update();
        }
    }

    /** Questions that are due; they are this caller's for a while. */
    @Transactional
    List<Question> take(int limit) {
        Instant now = clock.instant();
        return jdbc.sql("""
                        update hook_call set attempts = attempts + 1, due_at = :lease where number in (
                            select number from hook_call where state = 'DUE' and due_at <= :now
                            order by due_at limit :limit for update skip locked)
                        returning number, call, token, attempts
                        """)
                .param("now", Timestamp.from(now))
                .param("lease", Timestamp.from(now.plus(LEASE)))
                .param("limit", limit)
                .query((row, n) -> question(row))
                .list();
    }

    private Question question(ResultSet row) throws SQLException {
        return new Question(
                row.getLong("number"),
                Objects.requireNonNull(json.readValue(row.getString("call"), WebhookCall.class)),
                row.getString("token"),
                row.getInt("attempts"));
    }

    /** Whether an answer would count. */
    boolean isAsked(WebhookCall call) {
        return streams.current(call.groupId())
                .filter((GroupState state) -> NextActions.isAsked(state, call))
                .isPresent();
    }

    /** FAIL is for good, and so is PASS in the stage itself; else it is asked again. */
    @Transactional
    void answered(Question question, Answer answer, Duration pause) {
        move(question.number(), isFinal(question.call(), answer) ? State.JUDGED : State.DUE, pause);
        tell(question.call(), answer.verdict(), answer.evidence());
    }

    private static boolean isFinal(WebhookCall call, Answer answer) {
        return switch (answer.verdict()) {
            case FAIL -> true;
            case PASS -> !call.watched();
            case INCONCLUSIVE -> false;
        };
    }

    /** It will answer by itself. */
    void promised(Question question) {
        move(question.number(), State.PROMISED, Duration.ZERO);
        tell(
                question.call(),
                Verdict.INCONCLUSIVE,
                new TreeMap<>(
                        Map.of("answer", "is to come from " + question.call().url())));
    }

    /** No answer; people see why. */
    void failed(Question question, String error, Duration pause) {
        move(question.number(), State.DUE, pause);
        SortedMap<String, String> evidence = new TreeMap<>();
        evidence.put("error", error);
        evidence.put("attempts", Integer.toString(question.attempts()));
        tell(question.call(), Verdict.INCONCLUSIVE, evidence);
    }

    void over(Question question) {
        move(question.number(), State.OVER, Duration.ZERO);
    }

    private void move(long number, State state, Duration pause) {
        jdbc.sql("update hook_call set state = :state, due_at = :due where number = :number and state <> 'JUDGED'")
                .param("state", state.name())
                .param("due", Timestamp.from(clock.instant().plus(pause)))
                .param("number", number)
                .update();
    }

    private void tell(WebhookCall call, Verdict verdict, SortedMap<String, String> evidence) {
        long observation =
                jdbc.sql("select nextval('hook_observation')").query(Long.class).single();
        judgements.take(new GateObserved(
                call.groupId(),
                call.upgradeId(),
                call.step(),
                call.stage(),
                call.gate(),
                call.epoch(),
                call.fence(),
                observation,
                verdict,
                evidence,
                clock.instant()));
    }

    /**
     * Takes in an answer that comes by itself. The same one may come twice.
     *
     * @throws Rejected NOT_FOUND for a wrong number or token, GATE_JUDGED after another verdict, STAGE_NOT_CURRENT when
     *     nobody waits for it
     */
    @Transactional
    public void answered(long number, String token, String body) {
        record Row(WebhookCall call, String token, State state) {}
        Row row = jdbc.sql("select call, token, state from hook_call where number = :number for update")
                .param("number", number)
                .query((found, n) -> new Row(
                        Objects.requireNonNull(json.readValue(found.getString("call"), WebhookCall.class)),
                        found.getString("token"),
                        State.valueOf(found.getString("state"))))
                .optional()
                .filter(found -> MessageDigest.isEqual(
                        found.token().getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8)))
                .orElseThrow(() -> new Rejected(Code.NOT_FOUND, "there is no question with this number and token"));
        Answer answer = Answer.read(body);
        if (row.state() == State.JUDGED) {
            boolean isSame = judgements.of(row.call().groupId()).stream()
                    .anyMatch(judged -> judged.stage().equals(row.call().stage())
                            && judged.gate().equals(row.call().gate())
                            && judged.fence() == row.call().fence()
                            && judged.verdict() == answer.verdict());
            if (isSame) {
                return;
            }
            throw new Rejected(Code.GATE_JUDGED, "this question was answered already, with another verdict");
        }
        if (!isAsked(row.call())) {
            throw new Rejected(
                    Code.STAGE_NOT_CURRENT,
                    "the upgrade does not wait for gate " + row.call().gate() + " any more");
        }
        if (isFinal(row.call(), answer)) {
            move(number, State.JUDGED, Duration.ZERO);
        } else if (answer.verdict() == Verdict.PASS) {
            move(number, State.DUE, HookDelivery.AGAIN);
        }
        tell(row.call(), answer.verdict(), answer.evidence());
    }
}
