! A scan in Fortran that evaluates a network in process: no file is read, no library but libm.
!
!   lhnets export cs-gluino-pair-lo --to fortran generated
!   gcc -O3 -c generated/lhnets_cs_gluino_pair_lo.c
!   gfortran -O3 generated/lhnets_cs_gluino_pair_lo_module.f90 native.f90 lhnets_cs_gluino_pair_lo.o -o native
!   ./native
!
! Prints mass, value, uncertainty and reach of three points, evaluated together: one point a column.
program native
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  use lhnets_cs_gluino_pair_lo_module, only: inputs, outputs, predict_rows
  implicit none
  integer, parameter :: points = 3
  real(c_double) :: scan(inputs, points), value(outputs, points), uncertainty(outputs, points)
  real(c_double) :: reach(points)
  integer :: k

  do k = 1, points
    scan(:, k) = [500.0_c_double + 500.0_c_double * k, 2500.0_c_double, 13000.0_c_double, 1.0_c_double]
  end do
  if (predict_rows(int(points, c_size_t), scan, value, uncertainty, reach) /= 0) then
    error stop "a point lies outside the region of the training"
  end if
  do k = 1, points
    print "(4es26.16e3)", scan(1, k), value(1, k), uncertainty(1, k), reach(k)
  end do
end program native
