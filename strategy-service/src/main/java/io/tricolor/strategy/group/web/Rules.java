package io.tricolor.strategy.group.web;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.Stage;
import io.tricolor.routing.InlineIds;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.idlist.IdListStore;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.annotation.JsonDeserialize;

/**
 * Makes rules of what clients send: ids that are too many become a list, and every list that a rule refers to has to be
 * there. What a command then says is small and complete. Blocking.
 */
@Component
class Rules {

    private final IdListStore lists;
    private final GroupStreams streams;

    Rules(IdListStore lists, GroupStreams streams) {
        this.lists = lists;
        this.streams = streams;
    }

    /** For ids of a group that exists; others are not kept. */
    InlineIds.Keeper keeper(String groupId, String actor) {
        InlineIds.Keeper keeper = lists.keeper(actor);
        return ids -> {
            streams.existing(groupId);
            return keeper.keep(ids);
        };
    }

    SortedMap<String, RouteStrategy> checked(SortedMap<String, RouteStrategy> strategies) {
        strategies.values().forEach(strategy -> check(strategy.id()));
        return strategies;
    }

    List<Stage> stages(@Nullable List<StageBody> bodies, InlineIds.Keeper keeper) {
        List<Stage> stages = bodies == null
                ? List.of()
                : bodies.stream().map(body -> body.toStage(keeper)).toList();
        stages.forEach(stage -> check(stage.rule()));
        return stages;
    }

    private void check(@Nullable IdRule rule) {
        if (rule != null) {
            lists.requireAll(rule.idLists());
        }
    }

    /** A rule as clients send it: as {@link IdRule}, with any number of ids. */
    record Body(
            @Nullable Boolean all,

            @JsonDeserialize(using = Ids.class) @Nullable InlineIds ids,

            @Nullable List<IdInterval> intervals,
            @Nullable BigDecimal percent,
            @Nullable List<IdList> idLists) {

        IdRule toRule(InlineIds.Keeper keeper) {
            try {
                return (ids == null ? new InlineIds() : ids)
                        .toRule(
                                Boolean.TRUE.equals(all),
                                intervals == null ? List.of() : intervals,
                                percent,
                                idLists == null ? List.of() : idLists,
                                keeper);
            } catch (IllegalArgumentException e) {
                throw new Rejected(Code.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
            }
        }
    }

    /** A stage as clients send it. {@code approval} and {@code bakeTime} are gates in short. */
    record StageBody(
            @Nullable String name,
            @Nullable Body rule,
            boolean approval,
            @Nullable Duration bakeTime,
            @Nullable List<Gate> gates) {

        @SuppressWarnings("NullAway") // what is missing is for the decision to refuse
        Stage toStage(InlineIds.Keeper keeper) {
            List<Gate> all = new ArrayList<>(gates == null ? List.of() : gates);
            if (approval) {
                all.add(new Gate.Approval("approval", 1));
            }
            if (bakeTime != null) {
                all.add(new Gate.Bake("bake", bakeTime));
            }
            return new Stage(name, rule == null ? null : rule.toRule(keeper), all);
        }
    }

    /** Reads ids one by one; a number is its text. */
    static final class Ids extends ValueDeserializer<InlineIds> {

        @Override
        public InlineIds deserialize(JsonParser json, DeserializationContext context) {
            InlineIds ids = new InlineIds();
            if (!json.isExpectedStartArrayToken()) {
                return (InlineIds) context.handleUnexpectedToken(InlineIds.class, json);
            }
            while (json.nextToken() != JsonToken.END_ARRAY) {
                String text = json.currentToken().isScalarValue() ? json.getValueAsString() : null;
                if (text == null) {
                    return (InlineIds) context.handleUnexpectedToken(String.class, json);
                }
                ids.add(text);
            }
            return ids;
        }
    }
}
