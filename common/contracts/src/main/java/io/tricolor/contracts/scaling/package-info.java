/** Rules by which groups are scaled, and what was decided by them. */
@NullMarked
package io.tricolor.contracts.scaling;

import org.jspecify.annotations.NullMarked;
