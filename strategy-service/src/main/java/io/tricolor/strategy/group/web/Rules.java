package io.tricolor.strategy.group.web;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.FailurePolicy;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.InconclusivePolicy;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.Stage;
import io.tricolor.routing.IdLists;
import io.tricolor.routing.InlineCount;
import io.tricolor.routing.InlineIds;
import io.tricolor.routing.InlineIntervals;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.idlist.IdListStore;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.exc.MismatchedInputException;

/**
 * Makes rules of what clients send: ids and intervals that are too many become lists, and every list that a rule refers
 * to has to be there. What a command then says is small and complete. Blocking.
 */
@Component
class Rules {

    private final IdListStore lists;
    private final GroupStreams streams;

    Rules(IdListStore lists, GroupStreams streams) {
        this.lists = lists;
        this.streams = streams;
    }

    /** Contents of lists. */
    IdLists contents() {
        return lists;
    }

    /** For rules of a group that exists; those of others are not kept. */
    InlineIds.Keeper keeper(String groupId, String actor) {
        InlineIds.Keeper keeper = lists.keeper(actor);
        return new InlineIds.Keeper() {
            @Override
            public IdList keepIds(long[] ids) {
                streams.existing(groupId);
                return keeper.keepIds(ids);
            }

            @Override
            public IdList keepIntervals(long[] starts, long[] ends, int count) {
                streams.existing(groupId);
                return keeper.keepIntervals(starts, ends, count);
            }
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

    /** A rule as clients send it: as {@link IdRule}, with any number of ids and intervals. */
    record Body(
            @Nullable Boolean all,

            @JsonDeserialize(using = Ids.class) @Nullable InlineIds ids,

            @JsonDeserialize(using = Intervals.class) @Nullable
            InlineIntervals intervals,

            @Nullable BigDecimal percent,
            @Nullable List<IdList> idLists) {

        IdRule toRule(InlineIds.Keeper keeper) {
            try {
                return (ids == null ? new InlineIds() : ids)
                        .toRule(
                                Boolean.TRUE.equals(all),
                                intervals == null ? new InlineIntervals() : intervals,
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
            @Nullable List<Gate> gates,
            @Nullable Duration deadline,
            @Nullable FailurePolicy onFail,
            @Nullable InconclusivePolicy onInconclusive) {

        @SuppressWarnings("NullAway") // what is missing is for the decision to refuse
        Stage toStage(InlineIds.Keeper keeper) {
            List<Gate> all = new ArrayList<>(gates == null ? List.of() : gates);
            if (approval) {
                all.add(new Gate.Approval("approval", 1));
            }
            if (bakeTime != null) {
                all.add(new Gate.Bake("bake", bakeTime));
            }
            return new Stage(name, rule == null ? null : rule.toRule(keeper), all, deadline, onFail, onInconclusive);
        }
    }

    /** Reads a list one by one, wherever it stands in the body. */
    abstract static class Inline<T> extends ValueDeserializer<T> {

        @Override
        public final T deserialize(JsonParser json, DeserializationContext context) {
            BodyStream body = (BodyStream) context.getAttribute(BodyStream.class);
            T list = empty(body == null ? new InlineCount() : body.inline());
            if (!json.isExpectedStartArrayToken()) {
                throw mistyped(list, json);
            }
            if (body != null) {
                body.beginList();
            }
            int index = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                try {
                    add(list, json);
                } catch (JacksonException e) {
                    throw e.prependPath(list, index);
                } catch (IllegalArgumentException e) {
                    throw DatabindException.wrapWithPath(context, e, new JacksonException.Reference(list, index));
                }
                index++;
            }
            if (body != null) {
                body.endList();
            }
            return list;
        }

        abstract T empty(InlineCount inline);

        abstract void add(T list, JsonParser json);

        static String scalar(JsonParser json, Object list) {
            return switch (json.currentToken()) {
                case VALUE_STRING, VALUE_NUMBER_INT -> json.getString();
                default -> throw mistyped(list, json);
            };
        }

        static JacksonException mistyped(Object list, JsonParser json) {
            return MismatchedInputException.from(
                    json, list.getClass(), json.currentToken() + " is not what stands here");
        }
    }

    /** Reads ids; a whole number is its text. */
    static final class Ids extends Inline<InlineIds> {

        @Override
        InlineIds empty(InlineCount inline) {
            return new InlineIds(inline);
        }

        @Override
        void add(InlineIds list, JsonParser json) {
            list.add(scalar(json, list));
        }
    }

    /** Reads intervals; a whole number is its text. */
    static final class Intervals extends Inline<InlineIntervals> {

        @Override
        InlineIntervals empty(InlineCount inline) {
            return new InlineIntervals(inline);
        }

        @Override
        void add(InlineIntervals list, JsonParser json) {
            if (!json.isExpectedStartArrayToken()) {
                throw mistyped(list, json);
            }
            List<String> ends = new ArrayList<>(2);
            while (json.nextToken() != JsonToken.END_ARRAY && ends.size() <= 2) {
                ends.add(scalar(json, list));
            }
            list.add(IdInterval.of(ends));
        }
    }
}
