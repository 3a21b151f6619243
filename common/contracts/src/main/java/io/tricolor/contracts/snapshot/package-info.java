/** What is, for who does not need to know how it came to that. */
@NullMarked
package io.tricolor.contracts.snapshot;

import org.jspecify.annotations.NullMarked;
