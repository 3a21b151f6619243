package io.tricolor.deploy.deployment.domain;

import java.util.Comparator;

/**
 * Which of two desired states counts: the one with the higher epoch, then the one with the higher fence.
 *
 * @param epoch of the group; 0 from a strategy-service that knows none
 * @param fence position in the group's stream, within the epoch
 */
public record Order(long epoch, long fence) implements Comparable<Order> {

    private static final Comparator<Order> COMPARATOR =
            Comparator.comparingLong(Order::epoch).thenComparingLong(Order::fence);

    @Override
    public int compareTo(Order other) {
        return COMPARATOR.compare(this, other);
    }

    @Override
    public String toString() {
        return epoch + "." + fence;
    }
}
