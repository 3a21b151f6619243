/** Calls of other programs over HTTP that always end. */
@NullMarked
package io.tricolor.kit.http;

import org.jspecify.annotations.NullMarked;
