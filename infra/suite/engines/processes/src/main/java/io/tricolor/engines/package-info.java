/** Child processes: engines and services that are started, watched, stopped, killed and found again. */
@NullMarked
package io.tricolor.engines;

import org.jspecify.annotations.NullMarked;
