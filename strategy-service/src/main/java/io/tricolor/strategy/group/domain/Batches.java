package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.RollingPolicy;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * By how many instances at a time a rolling upgrade goes from one cluster to another.
 *
 * <p>Shares are rounded as Kubernetes does (surge up, unavailable down), or, in Marathon's words, as Marathon does
 * ({@code ceil(n * minimumHealthCapacity)} serve at the least, {@code floor(n * (1 + maximumOverCapacity))} run at the
 * most; where the two are equal one more may run). One instance serves at the least, whatever the policy says.
 */
final class Batches {

    private static final int MAX_BATCHES = 100;
    private static final Pattern AMOUNT = Pattern.compile("[0-9]{1,4}%?");
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    private Batches() {}

    /**
     * Bounds of a service.
     *
     * @param floor so many serve at the least
     * @param ceiling so many run at the most
     */
    record Bounds(int floor, int ceiling) {}

    /** How many instances each cluster has, by service. */
    record Move(boolean grows, SortedMap<String, Integer> instances) {}

    static Bounds bounds(String service, int from, int to, RollingPolicy policy) {
        int least = Math.min(from, to);
        int surge;
        int floor;
        if (policy.minimumHealthCapacity() != null || policy.maximumOverCapacity() != null) {
            if (policy.maxSurge() != null || policy.maxUnavailable() != null) {
                throw invalid("maxSurge and maxUnavailable stand for themselves, without minimumHealthCapacity and"
                        + " maximumOverCapacity");
            }
            BigDecimal healthy = share("minimumHealthCapacity", policy.minimumHealthCapacity());
            BigDecimal over = share("maximumOverCapacity", policy.maximumOverCapacity());
            floor = healthy.multiply(BigDecimal.valueOf(least))
                    .setScale(0, RoundingMode.CEILING)
                    .intValueExact();
            surge = over.multiply(BigDecimal.valueOf(to))
                    .setScale(0, RoundingMode.FLOOR)
                    .intValueExact();
            if (floor == to + surge) {
                surge++;
            }
        } else {
            surge = amount("maxSurge", policy.maxSurge(), to, RoundingMode.CEILING);
            int unavailable = amount("maxUnavailable", policy.maxUnavailable(), to, RoundingMode.FLOOR);
            if (surge == 0 && unavailable == 0) {
                throw invalid("service " + service + " leaves no room: of " + to + " instances maxSurge "
                        + policy.maxSurge() + " is 0 more and maxUnavailable " + policy.maxUnavailable()
                        + " is 0 fewer");
            }
            floor = least - unavailable;
        }
        Bounds bounds = new Bounds(Math.max(1, floor), Math.max(from, to) + surge);
        if (bounds.ceiling() <= bounds.floor()) {
            throw invalid("service " + service + " leaves no room: at least " + bounds.floor()
                    + " have to serve and at most " + bounds.ceiling() + " may run");
        }
        return bounds;
    }

    private static int amount(String what, @Nullable String amount, int of, RoundingMode rounding) {
        String text = amount == null ? "25%" : amount;
        if (!AMOUNT.matcher(text).matches()) {
            throw invalid(what + " '" + text + "' must be a number of instances or a share like 25%");
        }
        if (!text.endsWith("%")) {
            return Integer.parseInt(text);
        }
        return new BigDecimal(text.substring(0, text.length() - 1))
                .multiply(BigDecimal.valueOf(of))
                .divide(HUNDRED, 0, rounding)
                .intValueExact();
    }

    private static BigDecimal share(String what, @Nullable BigDecimal share) {
        BigDecimal value = share == null ? BigDecimal.ONE : share;
        if (value.signum() < 0 || value.compareTo(BigDecimal.ONE) > 0) {
            throw invalid(what + " must be from 0 to 1");
        }
        return value;
    }

    /**
     * The moves from the instances of one cluster to those of another, until the rest can go at once: what is left of
     * the old cluster stops with it, and what the new one still lacks starts after that.
     */
    static List<Move> moves(SortedMap<String, Integer> from, SortedMap<String, Integer> to, RollingPolicy policy) {
        SortedMap<String, Integer> old = new TreeMap<>(from);
        SortedMap<String, Integer> fresh = new TreeMap<>();
        to.keySet().forEach(service -> fresh.put(service, 0));
        SortedMap<String, Bounds> bounds = new TreeMap<>();
        to.forEach((service, count) -> {
            if (from.getOrDefault(service, 0) > 0) {
                bounds.put(service, bounds(service, from.getOrDefault(service, 0), count, policy));
            }
        });
        List<Move> moves = new ArrayList<>();
        while (!fresh.equals(to)) {
            boolean moved = false;
            SortedMap<String, Integer> more = new TreeMap<>(fresh);
            more.replaceAll((service, count) -> {
                Bounds of = bounds.get(service);
                return of == null
                        ? to.getOrDefault(service, 0)
                        : Math.max(
                                count,
                                Math.min(to.getOrDefault(service, 0), of.ceiling() - old.getOrDefault(service, 0)));
            });
            if (!more.equals(fresh)) {
                fresh.putAll(more);
                moves.add(new Move(true, new TreeMap<>(fresh)));
                moved = true;
            }
            boolean serves = !fresh.containsValue(0);
            SortedMap<String, Integer> fewer = new TreeMap<>(old);
            bounds.forEach((service, of) -> fewer.merge(
                    service, Math.max(1, of.floor() - (serves ? fresh.getOrDefault(service, 0) : 0)), Math::min));
            if (!fresh.equals(to) && !fewer.equals(old)) {
                old.putAll(fewer);
                moves.add(new Move(false, new TreeMap<>(old)));
                moved = true;
            }
            if (!moved) {
                break;
            }
        }
        long batches = moves.stream().filter(Move::grows).count();
        if (batches > MAX_BATCHES) {
            throw invalid("these are " + batches + " batches, at most " + MAX_BATCHES
                    + " make an upgrade; raise maxSurge or maxUnavailable");
        }
        return moves;
    }

    private static Rejected invalid(String why) {
        return new Rejected(Code.INVALID_ROLLING, why);
    }
}
