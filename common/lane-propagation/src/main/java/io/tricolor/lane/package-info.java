/** Carries the lane and the id of a request to the requests that it causes. */
@NullMarked
package io.tricolor.lane;

import org.jspecify.annotations.NullMarked;
