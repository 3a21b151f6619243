/** Health as facts on change. */
@NullMarked
package io.tricolor.contracts.health;

import org.jspecify.annotations.NullMarked;
