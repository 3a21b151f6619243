package io.tricolor.contracts.group;

/** How an upgrade moves the traffic. */
public enum UpgradeMode {
    /** The first release into a group without a GREEN cluster. */
    INSTALL,
    /** By stages: named users first, then everybody, then the colours change. */
    GRAYSCALE,
    /** All at once, in one route table, after the new cluster is healthy. */
    SWITCH,
    /** Instance by instance: both clusters serve while the new one grows and the old one shrinks. */
    ROLLING,
    /** Back to a rollback point. */
    ROLLBACK
}
