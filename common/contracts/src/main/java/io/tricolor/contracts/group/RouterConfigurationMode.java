package io.tricolor.contracts.group;

/** How routers come to the route tables of a group. */
public enum RouterConfigurationMode {
    /** Every router gets every table as soon as there is one. */
    FOLLOW,
    /** Routers stay at the table that was released to them until a person releases a newer one. */
    PINNED
}
