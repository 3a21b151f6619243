/** One log line for each request. */
@NullMarked
package io.tricolor.kit.requestlog;

import org.jspecify.annotations.NullMarked;
