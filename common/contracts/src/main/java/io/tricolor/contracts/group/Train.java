package io.tricolor.contracts.group;

import java.util.List;

/**
 * One upgrade over several groups, which pass every step that moves users or stops a cluster together, and go back
 * together. Its id is the id of the upgrade in each of them.
 *
 * @param groups all of them, at least two
 */
public record Train(List<String> groups) {}
