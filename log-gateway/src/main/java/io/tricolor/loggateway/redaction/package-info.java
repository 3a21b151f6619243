/** What may not be kept, and how it is taken out. */
@NullMarked
package io.tricolor.loggateway.redaction;

import org.jspecify.annotations.NullMarked;
