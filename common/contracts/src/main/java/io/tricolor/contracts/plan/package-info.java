/** Templates of upgrade plans, on topic {@code tricolor.planning.events.v1}. */
@NullMarked
package io.tricolor.contracts.plan;

import org.jspecify.annotations.NullMarked;
