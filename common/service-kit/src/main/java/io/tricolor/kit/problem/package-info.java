/** RFC 9457 problem documents: the only place where failures become HTTP. */
@NullMarked
package io.tricolor.kit.problem;

import org.jspecify.annotations.NullMarked;
