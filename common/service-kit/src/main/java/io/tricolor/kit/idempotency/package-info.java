/** Commands that are sent twice take effect once. */
@NullMarked
package io.tricolor.kit.idempotency;

import org.jspecify.annotations.NullMarked;
