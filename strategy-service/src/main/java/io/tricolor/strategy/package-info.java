/** Cluster groups, route strategies, upgrades and their history. */
@NullMarked
package io.tricolor.strategy;

import org.jspecify.annotations.NullMarked;
