/** What threads share: reads that are made together. */
@NullMarked
package io.tricolor.kit.concurrent;

import org.jspecify.annotations.NullMarked;
