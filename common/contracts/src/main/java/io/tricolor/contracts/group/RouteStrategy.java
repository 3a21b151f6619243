package io.tricolor.contracts.group;

/**
 * What one cluster takes.
 *
 * @param status colour
 * @param id users; without effect while RED
 */
public record RouteStrategy(ClusterStatus status, IdRule id) {

    public static RouteStrategy red() {
        return new RouteStrategy(ClusterStatus.RED, IdRule.nobody());
    }

    public static RouteStrategy yellow(IdRule id) {
        return new RouteStrategy(ClusterStatus.YELLOW, id);
    }

    public static RouteStrategy green() {
        return new RouteStrategy(ClusterStatus.GREEN, IdRule.everybody());
    }

    /** Whether a request without an id is taken: the colour takes traffic and the rule says all. */
    public boolean takesRequestsWithoutId() {
        return status != ClusterStatus.RED && id.all();
    }
}
