package io.tricolor.strategy.group.query;

/** Where rows of the read models go. */
interface ReadModelRows {

    /** The state of a group by now. */
    void group(PastState last);

    /** A state of the past that is kept, so that later ones are not folded from the beginning. */
    void past(PastState past);

    void table(String groupId, RouteTableVersion table);

    /**
     * An upgrade by now.
     *
     * @param sequence of the event after which it is so
     */
    void upgrade(UpgradeView view, long sequence);
}
