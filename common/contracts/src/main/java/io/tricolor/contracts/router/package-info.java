/** What a router tells about itself. */
@NullMarked
package io.tricolor.contracts.router;

import org.jspecify.annotations.NullMarked;
