/** Commands that were refused, as facts of the audit trail. */
@NullMarked
package io.tricolor.kit.refusal;

import org.jspecify.annotations.NullMarked;
