/** Rules by which groups are scaled, and what they say of a cluster. Pure. */
@NullMarked
package io.tricolor.strategy.scaling.domain;

import org.jspecify.annotations.NullMarked;
