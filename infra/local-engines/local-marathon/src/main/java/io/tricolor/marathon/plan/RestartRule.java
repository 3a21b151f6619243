package io.tricolor.marathon.plan;

import io.tricolor.marathon.app.AppDefinition.UpgradeStrategy;

/**
 * How old instances give way to new ones. The bounds are fixed when the restart begins; {@link #next} can then be asked
 * again and again and needs no memory, so a restart goes on where it was after a crash.
 *
 * @param instances desired
 * @param maxCapacity old and new together never exceed it
 * @param oldAtStart old instances when the restart began
 * @param killAtOnce of them, how many may go before any new one is healthy
 */
public record RestartRule(int instances, int maxCapacity, int oldAtStart, int killAtOnce) {

    /** What to do now: instances of the old configuration to kill, of the new one to start. */
    public record Move(int kill, int start) {}

    /**
     * Fixes the bounds.
     *
     * @param old instances of the old configuration that are not being killed
     * @param healthy instances of any configuration that are healthy
     */
    public static RestartRule begin(int instances, UpgradeStrategy strategy, int old, int healthy) {
        int minHealthy = (int) Math.ceil(instances * strategy.minimumHealthCapacity());
        int maxCapacity = (int) Math.floor(instances * (1 + strategy.maximumOverCapacity()));
        int killNow = Math.max(0, healthy - minHealthy);
        if (minHealthy == maxCapacity && maxCapacity <= healthy) {
            maxCapacity++;
        }
        if (instances < old) {
            killNow = Math.max(old - instances, killNow);
        }
        if (killNow == 0 && old >= maxCapacity && healthy < old) {
            // Nothing could ever start: an instance that does not work anyway makes room.
            killNow = 1;
        }
        return new RestartRule(instances, maxCapacity, old, Math.min(killNow, old));
    }

    /**
     * The next move.
     *
     * @param oldAlive old instances that are not being killed
     * @param oldEnding old instances that are being killed
     * @param newAlive new instances that are not being killed, healthy or not
     * @param newHealthy of these, the healthy ones
     */
    public Move next(int oldAlive, int oldEnding, int newAlive, int newHealthy) {
        int mayStay = newHealthy >= instances ? 0 : Math.max(0, oldAtStart - killAtOnce - newHealthy);
        int kill = Math.max(0, oldAlive - mayStay);
        int room = maxCapacity - oldAlive - oldEnding - newAlive;
        int start = Math.max(0, Math.min(instances - newAlive, room));
        return new Move(kill, start);
    }

    /** Whether every desired instance is new and healthy, and no old one is left. */
    public boolean isDone(int oldAlive, int oldEnding, int newAlive, int newHealthy) {
        return oldAlive + oldEnding == 0 && newAlive == instances && newHealthy == instances;
    }
}
